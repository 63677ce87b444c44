"""The referential game: a sender describes an object to a receiver, who finds it or names its attributes."""
