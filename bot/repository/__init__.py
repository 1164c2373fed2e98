"""Where backups live: archives, signed manifests and proofs, and the keys that sign them."""
