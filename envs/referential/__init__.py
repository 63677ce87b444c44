"""The referential game: a sender describes an object to a receiver, which finds it or names its attributes."""
