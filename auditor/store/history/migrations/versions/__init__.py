"""One module per revision, in plain steps; none imports the tables, which are of today."""
