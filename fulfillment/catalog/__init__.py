"""Products, kits and their barcodes."""
