"""The watch: databases, servers, backups, and the bot itself."""
