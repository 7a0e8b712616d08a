"""The jobs: ingest, train, promote, score, evaluate, and the room where their results are kept."""
