"""Rules of the ops that move numbers about: other shapes, parts, and what is put together."""

from .rule import many, rule

BOOKS = "keeps books only: the same numbers"
# fmt: off
# ruff: noqa: E501
PLACES = {
    **dict.fromkeys(("View", "UnsafeView", "ReshapeAlias", "Reshape", "Unflatten", "ViewCopy"), rule("a", f"{BOOKS} in another shape", "reshape(g)", where="g in the shape that a had")),
    "T": rule("a", f"{BOOKS}, transposed", "g.T"),
    "Mt": rule("a", f"{BOOKS}, transposed", "g.mT"),
    "Transpose": rule("a", f"{BOOKS}, two axes exchanged", "g.transpose(dim0, dim1)", keeps="dim0 dim1"),
    "Permute": rule("a", f"{BOOKS}, the axes in another order", "permute_back(g, dims)", keeps="dims"),
    "Squeeze": rule("a", f"{BOOKS}, without axes of size 1", "reshape(g)", where="with the axes of size 1 again"),
    "Unsqueeze": rule("a", f"{BOOKS}, with an axis of size 1 more", "reshape(g)", where="without the axis of size 1"),
    "Expand": rule("a", f"{BOOKS}, repeated without a copy", "sum_to_size(g)", where="summed over what was repeated"),
    "AsStrided": rule("a", f"{BOOKS}, by strides of the program's", "as_strided_back(g)", where="where places overlap their gradients are added"),
    "Repeat": rule("a", "y = a, copied several times along its axes", "sum_copies(g)", keeps="repeats", where="each element gets the sum over its copies"),
    "Slice": rule("a", "y = a part of a, from start to end along dim", "zeros.slice_scatter(g, dim, start, end)", keeps="dim start end", where="g in its place, else 0"),
    "Select": rule("a", "y = one entry of a along dim", "zeros.select_scatter(g, dim, i)", keeps="dim i:index", where="g in its place, else 0"),
    "Index": rule("a", "y = a[i], the entries that were asked for", "zeros.index_put(i, g, accumulate=True)", keeps="i:indices[0]", where="g added in its places, else 0"),
    "IndexSelect": rule("a", "y = the entries i of a along dim", "zeros.index_add(dim, i, g)", keeps="dim i:index", where="g added in its places, else 0"),
    "IndexAdd": rule("a b:source", "y = a, with b added at the places i along dim", "g", "g.index_select(dim, i)", keeps="dim i:index"),
    "IndexCopy": rule("a b:source", "y = a, with b at the places i along dim", "g.index_fill(dim, i, 0)", "g.index_select(dim, i)", keeps="dim i:index"),
    "IndexFill": rule("a v", "y = a, with v at the places i along dim", "g.index_fill(dim, i, 0)", "sum(g.index_select(dim, i))", keeps="dim i:index"),
    "IndexPut": rule("a b", "y = a, with b at the places i", "g.index_put(i, 0)", "g[i]", keeps="i:indices[0]"),
    "Gather": rule("a:self", "y = the entries i of a along dim", "zeros.scatter_add(dim, i, g)", keeps="dim i:index", where="g added in its places, else 0"),
    "Scatter": rule("a b", "y = a, with b at the places i along dim", "g.scatter(dim, i, 0)", "g.gather(dim, i)", keeps="dim i:index"),
    "ScatterAdd": rule("a b", "y = a, with b added at the places i along dim", "g", "g.gather(dim, i)", keeps="dim i:index"),
    "Take": rule("a:self", "y = the elements i of a, counted through", "zeros.put(i, g, accumulate=True)", keeps="i:index", where="g added in its places, else 0"),
    "MaskedSelect": rule("a:self", "y = the elements of a where the mask m holds", "zeros.masked_scatter(m, g)", keeps="m:mask", where="g in its places, else 0"),
    "MaskedScatter": rule("a b", "y = a, with b where the mask m holds", "where(m, 0, g)", "g[m]", keeps="m:mask"),
    "Diagonal": rule("a", "y = the diagonal of a", "zeros.diagonal_scatter(g)", where="g on the diagonal, else 0"),
    "DiagEmbed": rule("a", "y = a on the diagonal, else 0", "diagonal(g)"),
    "Tril": rule("a", "y = a on and below the diagonal, else 0", "tril(g, k)", keeps="k:diagonal"),
    "Triu": rule("a", "y = a on and above the diagonal, else 0", "triu(g, k)", keeps="k:diagonal"),
    "Flip": rule("a", "y = a, the other way round", "g.flip(dims)", keeps="dims"),
    "Roll": rule("a", "y = a, moved round by some places", "roll_back(g, shifts)", keeps="shifts"),
    "Rot90": rule("a", "y = a, turned", "turn_back(g)"),
    "Unfold": rule("a", "y = the windows of a along an axis", "sum_windows(g)", where="each element gets the sum over the windows it is in"),
    "Im2Col": rule("a", "y = the windows of a as columns", "sum_windows(g)", where="each element gets the sum over the windows it is in"),
    "Col2Im": rule("a", "y = columns added up as windows", "windows(g)"),
    "ConstantPadNd": rule("a", "y = a, with a border round it", "crop(g, pad)", keeps="pad", where="g without the border"),
    **dict.fromkeys(("ReflectionPad1D", "ReflectionPad2D", "ReflectionPad3D", "ReplicationPad1D", "ReplicationPad2D", "ReplicationPad3D"), rule("a", "y = a, with copies of its edge round it", "sum_copies(g)", where="each element gets the sum over its copies")),
    "PixelShuffle": rule("a", "y = a, channels put beside each other as pixels", "pixel_unshuffle(g)"),
    "PixelUnshuffle": rule("a", "y = a, pixels put above each other as channels", "pixel_shuffle(g)"),
    "Cat": many("y = several, one after the other along dim", "narrow(g, dim, start, size)", keeps="dim", where="each gets its part of g"),
    "Stack": many("y = several, on one another along dim", "select(g, dim, place)", keeps="dim", where="each gets its part of g"),
    **dict.fromkeys(("Split", "SplitWithSizes", "UnsafeSplit", "UnsafeSplitWithSizes", "Chunk", "UnsafeChunk"), rule("a", f"{BOOKS}, in several parts", "cat([parts], dim)", keeps="dim", where="a part to which nothing comes is 0")),
    "Unbind": rule("a", f"{BOOKS}, an entry each along dim", "stack([parts], dim)", keeps="dim", where="an entry to which nothing comes is 0"),
    "CopySlices": rule("a b", "b written over a part of a, in place", "g, and 0 where b was written", "the part of g where b was written"),
}
# fmt: on
