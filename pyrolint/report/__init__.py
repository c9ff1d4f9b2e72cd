"""The output formats: one emitter a file, each a pure function from an Outcome to lines."""
