package dev.capstan.platform;

/**
 * One key of a configuration as it was asked for, for a reference of all keys.
 *
 * @param key for example {@code trainer.batch-size}
 * @param variable the environment variable that sets it
 * @param fallback what holds where it is not given, as it would be written; empty if nothing does
 * @param expected what may be given, in words
 */
public record Setting(String key, String variable, String fallback, String expected) {}
