"""The checked facts of the sample files, told by the parsers: one module for each group of formats."""
