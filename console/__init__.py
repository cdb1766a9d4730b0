"""The staff room: a web application and an API for those who work for the shop."""
