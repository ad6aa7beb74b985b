"""Rules of the ops that gather numbers up: sums, softmaxes, norms of layers, losses, pools."""

from .rule import rule

H = "h = (x - m) * r: x as it is normalised"
U = "u = w * g"
LAYER = (
    "r * (u - mean(u) - h * mean(u * h))",
    "sum(g * h)",
    "sum(g)",
)
BATCH = rule(
    "x:input w:weight b:bias",
    "y = (x - m) * r * w + b, by channel: m its mean, r one over its deviation",
    "r * w * (g - mean(g) - h * mean(g * h))",
    "sum(g * h)",
    "sum(g)",
    keeps="m:result1 r:result2",
    where=f"{H}; mean and sum go over the batch, a channel each",
)
AGAIN = "along what was reduced g and y stand for every element"
# fmt: off
# ruff: noqa: E501
REDUCTIONS = {
    "Sum": rule("a", "y = sum(a)", "expand(g)", where="g, copied to every element that was summed"),
    "Nansum": rule("a:self", "y = sum(a), without nan", "where(isnan(a), 0, g)"),
    "Mean": rule("a", "y = sum(a) / n", "expand(g) / n", where="g / n, copied to every element; n numbers make one"),
    "Max1": rule("a:self", "y = the greatest of a", "where(a == y, g / count, 0)", keeps="y:result", where="count: how many are as great"),
    "Min1": rule("a:self", "y = the smallest of a", "where(a == y, g / count, 0)", keeps="y:result", where="count: how many are as small"),
    "Max": rule("a", "y = the greatest along dim, at places i", "zeros.scatter(dim, i, g)", keeps="i:indices dim"),
    "Min": rule("a", "y = the smallest along dim, at places i", "zeros.scatter(dim, i, g)", keeps="i:indices dim"),
    "Amax": rule("a:self", "y = the greatest along dim", "where(a == y, g / count, 0)", keeps="y:result", where=f"count: how many are as great; {AGAIN}"),
    "Amin": rule("a:self", "y = the smallest along dim", "where(a == y, g / count, 0)", keeps="y:result", where=f"count: how many are as small; {AGAIN}"),
    "Median": rule("a:self", "y = the median of a", "where(a == y, g / count, 0)", keeps="y:result", where="count: how many are as large"),
    "Median1": rule("a", "y = the median along dim, at places i", "zeros.scatter(dim, i, g)", keeps="i:indices dim"),
    "Kthvalue": rule("a", "y = the k-th along dim, at places i", "zeros.scatter(dim, i, g)", keeps="i:indices dim"),
    "Mode": rule("a", "y = the most frequent along dim, at places i", "zeros.scatter(dim, i, g)", keeps="i:indices dim"),
    "Topk": rule("a", "y = the k greatest along dim, from places i", "zeros.scatter(dim, i, g)", keeps="i:indices dim"),
    "Sort": rule("a", "y = a sorted along dim, from places i", "zeros.scatter(dim, i, g)", keeps="i:indices dim"),
    "Var": rule("a:self", "y = the variance of a", "g * 2 * (a - mean(a)) / (n - correction)", keeps="correction", where=AGAIN),
    "Std": rule("a:self", "y = the standard deviation of a", "g * (a - mean(a)) / (y * (n - correction))", keeps="correction y:result", where=AGAIN),
    "VarMean": rule("a:self", "the variance and the mean of a", "g1 * 2 * (a - mean(a)) / (n - correction) + g2 / n", keeps="correction", where=AGAIN),
    "StdMean": rule("a:self", "the deviation and the mean of a", "g1 * (a - mean(a)) / (y * (n - correction)) + g2 / n", keeps="correction y:result0", where=AGAIN),
    "Prod": rule("a:self", "y = the product of a", "g * y / a", keeps="y:result", where=AGAIN),
    "LinalgVectorNorm": rule("a:self", "y = the norm of a", "g * a / y", keeps="y:result ord", where=f"that is of the 2-norm; {AGAIN}"),
    "Norm": rule("a:self", "y = the norm of a", "g * a / y", keeps="y:result p", where=f"that is of the 2-norm; {AGAIN}"),
    "Trace": rule("a", "y = the sum of the diagonal of a", "g * eye"),
    "Logsumexp": rule("a:self", "y = log(sum(exp(a), dim))", "g * exp(a - y)", keeps="y:result dim", where=AGAIN),
    "Cumsum": rule("a", "y = a summed up along dim", "g.flip(dim).cumsum(dim).flip(dim)", keeps="dim"),
    "Cumprod": rule("a:self", "y = a multiplied up along dim", "(g * y).flip(dim).cumsum(dim).flip(dim) / a", keeps="dim y:result"),
    "Softmax": rule("a", "y = exp(a) / sum(exp(a), dim), softmax", "y * (g - sum(g * y, dim, True))", keeps="y:result dim"),
    "SafeSoftmax": rule("a", "y = exp(a) / sum(exp(a), dim), softmax; 0 where all was masked", "y * (g - sum(g * y, dim, True))", keeps="y:result dim"),
    "LogSoftmax": rule("a", "y = a - log(sum(exp(a), dim)), log of softmax", "g - exp(y) * sum(g, dim, True)", keeps="y:result dim"),
    # normalisation
    "NativeLayerNorm": rule("x:input w:weight b:bias", "y = (x - m) * r * w + b: m the mean of the last axes, r one over their deviation", *LAYER, keeps="m:result1 r:result2", where=f"{U}; {H}; mean goes over the last axes, sum over all others"),
    "NativeGroupNorm": rule("x:input w:weight b", "y = (x - m) * r * w + b, by group: m its mean, r one over its deviation", *LAYER, keeps="m:result1 r:result2", where=f"{U}; {H}; mean goes over a group, sum over the batch"),
    **dict.fromkeys(("NativeBatchNorm", "CudnnBatchNorm", "MiopenBatchNorm", "NativeBatchNormLegit", "BatchNormWithUpdate", "BatchNormWithUpdateFunctional"), BATCH),
    "BatchNormEval": rule("x:input w:weight b:bias", "y = (x - m) * r * w + b, m and r from the running statistics", "g * w * r", "sum(g * h)", "sum(g)", keeps="m:running_mean", where=f"{H}, r = 1 / sqrt(running_var + eps)"),
    "FusedRmsNorm": rule("x:input w:weight", "y = x * r * w: r one over the root of the mean of x**2", "r * (w * g - x * r**2 * mean(w * g * x))", "sum(g * x * r)", keeps="r:result1", where="mean goes over the last axes, sum over all others"),
    # losses
    "NllLoss": rule("a:self", "y = -a at the targets t, averaged: minus the log-probability of what is right", "zeros.scatter(1, t, -g / n)", keeps="t:target", where="at all other places 0; n: how many targets count (each by its weight)"),
    "MseLoss": rule("a:self t:target", "y = (a - t)**2, averaged", "g * 2 * (a - t) / n", "-g * 2 * (a - t) / n"),
    "L1Loss": rule("a:self t:target", "y = |a - t|, averaged", "g * sign(a - t) / n", "-g * sign(a - t) / n"),
    "SmoothL1Loss": rule("a:self t:target", "y = |a - t|, squared near 0, averaged", "g * clamp((a - t) / beta, -1, 1) / n", "-g * clamp((a - t) / beta, -1, 1) / n", keeps="beta"),
    "HuberLoss": rule("a:self t:target", "y = (a - t)**2 / 2 up to delta, then straight, averaged", "g * clamp(a - t, -delta, delta) / n", "-g * clamp(a - t, -delta, delta) / n", keeps="delta"),
    "BinaryCrossEntropy": rule("a:self t:target", "y = -t * log(a) - (1 - t) * log(1 - a), averaged", "g * (a - t) / (a * (1 - a)) / n", "g * (log(1 - a) - log(a)) / n"),
    "BinaryCrossEntropyWithLogits": rule("a:self t:target", "y = the cross entropy of sigmoid(a) and t, averaged", "g * (sigmoid(a) - t) / n", "-g * a / n"),
    "KlDiv": rule("a:self t:target", "y = t * (log(t) - a), averaged", "-g * t / n", "g * (log(t) + 1 - a) / n"),
    "SoftMarginLoss": rule("a:self", "y = log(1 + exp(-t * a)), averaged", "-g * t * sigmoid(-t * a) / n", keeps="t:target"),
    "MultiMarginLoss": rule("a:self", "y = the margins that the right class is short of, averaged", "g / n at each class within the margin, minus their sum at the right one", keeps="t:target"),
    "CtcLoss": rule("a:log_probs", "y = minus the log-probability of all ways to say the targets", "g * (exp(a) - the share of the ways that go through each place)"),
    # windows
    **dict.fromkeys(("MaxPool2DWithIndices", "MaxPool3DWithIndices", "MaxPool2D", "MaxPool3D"), rule("a:self", "y = the greatest of each window, at places i", "zeros.scatter_add(places, i, g)", keeps="i:result1", where="g goes to where the greatest of each window stood, 0 elsewhere")),
    **dict.fromkeys(("AdaptiveMaxPool2D", "AdaptiveMaxPool3D", "FractionalMaxPool2D"), rule("a:self", "y = the greatest of each window, at places i", "zeros.scatter_add(places, i, g)", keeps="i:result1", where="g goes to where the greatest of each window stood, 0 elsewhere")),
    **dict.fromkeys(("AvgPool1D", "AvgPool2D", "AvgPool3D"), rule("a:self", "y = the mean of each window", "spread(g / window)", keeps="window:kernel_size", where="each g, divided by the size of its window, goes to all of it")),
    **dict.fromkeys(("AdaptiveAvgPool1D", "AdaptiveAvgPool2D", "AdaptiveAvgPool3D", "MkldnnAdaptiveAvgPool2D"), rule("a:self", "y = the mean of each window", "spread(g / window)", where="each g, divided by the size of its window, goes to all of it")),
    **dict.fromkeys(("UpsampleNearest1D", "UpsampleNearest2D", "UpsampleNearest3D", "UpsampleNearestExact2D"), rule("a", "y = a, each element copied to its neighbourhood", "sum_copies(g)", where="each element gets the sum over its copies")),
    **dict.fromkeys(("UpsampleBilinear2D", "UpsampleLinear1D", "UpsampleTrilinear3D", "UpsampleBicubic2D"), rule("a", "y = a, with numbers between its elements", "weigh_back(g)", where="each g goes to the elements it was made between, by the same weights")),
}
# fmt: on
