//! Nothing here: `tests/recipes` writes a program for each recipe and policy.
