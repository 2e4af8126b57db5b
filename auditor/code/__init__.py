"""Reading source code: text and paths in, plain values out; opens no file and runs nothing."""
