"""The imperative shell: the only part of the package that reaches AWS."""
