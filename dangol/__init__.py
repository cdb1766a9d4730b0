"""The command line: assembles and starts the processes, and brings data in."""
