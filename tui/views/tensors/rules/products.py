"""Rules of the ops with weights: matrix products, convolutions, embeddings, attention, recurrent layers."""

from .rule import Rule, many, rule

P = "p = softmax(scale * q @ k.mT), worked out again: it was never kept; s = p * (g @ v.mT - sum(g * y, -1, True))"
SDPA = "y = softmax(scale * q @ k.mT) @ v, attention in one kernel"
GATES = "d: the gradient at the gates of each time step, from the last back to the first"
LSTM = "an LSTM layer over all time steps, in one kernel: i, f, o = sigmoid(..), c = f * c + i * tanh(..), y = o * tanh(c)"
ATTENTION = rule(
    "q:query k:key v:value bias",
    SDPA,
    "scale * s @ k",
    "scale * s.mT @ q",
    "p.mT @ g",
    "sum_to_size(s)",
    keeps="scale y:output",
    where=P,
)
CONVOLUTION = rule(
    "x:input W:weight b",
    "y = x * W + b, a convolution: W over each window of x",
    "conv_transpose(g, W)",
    "correlate(x, g)",
    "sum_by_channel(g)",
    where="the W of each window goes back to where the window was; correlate slides g over x, summed over the batch",
)
# fmt: off
# ruff: noqa: E501
PRODUCTS: dict[str, Rule] = {
    "Addmm": rule("b x:mat1 A:mat2", "y = beta * b + alpha * x @ A", "beta * g", "alpha * g @ A.T", "alpha * x.T @ g", keeps="alpha beta"),
    "Mm": rule("A:self B:mat2", "y = A @ B", "g @ B.T", "A.T @ g"),
    "Bmm": rule("A:self B:mat2", "y = A @ B, a matrix product for each entry of the batch", "g @ B.mT", "A.mT @ g"),
    "Baddbmm": rule("c A:batch1 B:batch2", "y = beta * c + alpha * A @ B, for each entry of the batch", "beta * g", "alpha * g @ B.mT", "alpha * A.mT @ g", keeps="alpha beta"),
    "Addbmm": rule("c A:batch1 B:batch2", "y = beta * c + alpha * A @ B, summed over the batch", "beta * g", "alpha * g @ B.mT", "alpha * A.mT @ g", keeps="alpha beta"),
    "Mv": rule("A:self v:vec", "y = A @ v", "outer(g, v)", "A.T @ g"),
    "Addmv": rule("c A:mat v:vec", "y = beta * c + alpha * A @ v", "beta * g", "alpha * outer(g, v)", "alpha * A.T @ g", keeps="alpha beta"),
    "Dot": rule("a:self b:tensor", "y = sum(a * b)", "g * b", "g * a"),
    "Addr": rule("c u:vec1 v:vec2", "y = beta * c + alpha * outer(u, v)", "beta * g", "alpha * g @ v", "alpha * g.T @ u", keeps="alpha beta"),
    "Linear": rule("x:input W:weight b", "y = x @ W.T + b", "g @ W", "flat(g).T @ flat(x)", "flat(g).sum(0)", where="flat: all axes but the last in one"),
    "MkldnnLinear": rule("x:self W:weight b", "y = x @ W.T + b", "g @ W", "flat(g).T @ flat(x)", "flat(g).sum(0)", where="flat: all axes but the last in one"),
    **dict.fromkeys(("Convolution", "MkldnnConvolution", "CudnnConvolution", "ConvDepthwise2D", "SlowConv2D", "ThnnConv2D", "ConvolutionOverrideable", "MpsConvolution"), CONVOLUTION),
    "ConvolutionTransposed": rule("x:input W:weight b", "y = x * W + b, a transposed convolution: each x spread out by W", "conv(g, W)", "correlate(g, x)", "sum_by_channel(g)", where="each x gathers from where it was spread to; correlate slides x over g, summed over the batch"),
    "Embedding": rule("W", "y = W[i], the row of W of each index", "zeros.index_add(0, flat(i), flat(g))", keeps="i:indices", where="flat: all in one row; each row of g is added to the row of W it was looked up from"),
    "EmbeddingBag": rule("W", "y = the rows W[i] of each bag, added up or averaged", "zeros.index_add(0, i, g)", keeps="i:indices", where="each bag's g is added to all its rows, divided by their number for a mean"),
    **dict.fromkeys(("ScaledDotProductFlashAttentionForCpu", "ScaledDotProductFlashAttention", "ScaledDotProductCudnnAttention", "ScaledDotProductFusedAttentionOverrideable", "FlashAttention", "EfficientAttention"), ATTENTION),
    "ScaledDotProductEfficientAttention": rule("q:query k:key v:value bias:attn_bias", SDPA, *ATTENTION.gives, keeps="scale y:output", where=P),
    "MkldnnRnnLayer": rule("x:input W_ih:weight0 W_hh:weight1 b_ih b_hh h:hx_ c:cx_", LSTM, "d @ W_ih", "sum over t of d[t].T @ x[t]", "sum over t of d[t].T @ h[t-1]", "sum over t of d[t]", "sum over t of d[t]", "d[0] @ W_hh", "f[0] * dc[0]", where=GATES),
    **dict.fromkeys(("CudnnRnn", "MiopenRnn"), many("a recurrent layer over all time steps, in one kernel", "the gradient through all time steps", keeps="x:input h:hx c:cx y:result0", where=f"weights: sum over t of d[t].T @ x[t] or h[t-1], biases: sum over t of d[t]; {GATES}")),
    "LstmMps": many("an LSTM over all time steps, in one kernel", "the gradient through all time steps", where=f"weights: sum over t of d[t].T @ x[t] or h[t-1]; {GATES}"),
    "ThnnFusedLstmCell": rule("u v c:cx b_ih b_hh", "one step of an LSTM: i, f, o = sigmoid(u + v), c' = f * c + i * tanh(..), y = o * tanh(c')", "d", "d", "f * dc", "d summed over rows", "d summed over rows", where="d: the gradient at the four gates, dc: that at c'"),
    "ThnnFusedGruCell": rule("u v h:hx b_ih b_hh", "one step of a GRU: y = n + z * (h - n)", "d", "d, times r at n", "g * z", "d summed over rows", "d summed over rows", where="d: the gradient at the three gates r, z, n"),
    "WeightNormInterface": rule("v s:g", "y = s * v / norm(v)", "s / norm * (g - v * sum(g * v) / norm**2)", "sum(g * v) / norm", keeps="norm:result1", where="norm: of each row of v"),
}
# fmt: on
