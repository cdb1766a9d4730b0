"""The console's pages, drawn by the server; htmx swaps parts of them in."""
