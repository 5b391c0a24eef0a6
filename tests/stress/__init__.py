"""Random pools on real processes, random kills, and a judge that knows what each future may become."""
