"""Models in the validator's terms: its two file formats, and importers from other libraries.

`Mlp` and `Tree` are what the validator loads. A `ForestModel` is what libraries for gradient
boosting write; the validator has no forests, so its kernels are ours alone.
"""
