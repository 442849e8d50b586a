"""The distributor portal: her own orders, parcels, returns and refunds."""
