"""The command line: thin commands over pipeline.py, without logic of their own."""
