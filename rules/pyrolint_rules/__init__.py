"""The built-in rules: a package for each family, a file for each rule, named for the fault."""
