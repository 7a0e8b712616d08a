"""The files under a store: manifest, partitions by month, derived parts by day, and Parquet as tables of an engine."""
