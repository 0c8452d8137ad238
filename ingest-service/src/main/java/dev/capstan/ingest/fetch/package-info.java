/** Fetches located pairs from the web: from {@code pairs.located} to {@code pairs.crawled}. */
@NullMarked
package dev.capstan.ingest.fetch;

import org.jspecify.annotations.NullMarked;
