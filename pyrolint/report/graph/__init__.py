"""The output formats of ``pyrolint graph``: one emitter a file, each a pure function to lines."""
