"""The guide's questions, one module each: inputs, variants, checks. They register themselves."""
