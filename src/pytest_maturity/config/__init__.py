"""Reads the policy from pyproject.toml, maturity.yaml or a git ref, and computes each component's requirements."""
