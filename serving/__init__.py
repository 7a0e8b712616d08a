"""How people and systems reach it: the command line, the API and the pages."""
