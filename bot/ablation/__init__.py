"""Which part of understanding earns its place: the project's pipeline beside others, published in docs/ablation.md."""
