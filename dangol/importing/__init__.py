"""`dangol import`: a shop's own data, row by row, with what could not be taken in kept beside the file."""
