"""What is mirrored of a store, so that questions are answered from tables: its catalogue, its orders, its sales."""
