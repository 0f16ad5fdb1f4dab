"""Memory: everything that survives a restart lives here, in Redis or Valkey. Only `bot.app` imports it."""
