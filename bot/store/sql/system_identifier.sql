-- Which server the bot's own database lies on.
SELECT system_identifier::text FROM pg_control_system()
