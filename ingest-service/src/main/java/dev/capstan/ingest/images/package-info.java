/** Pictures on their way into a curated pair: scaled, hashed, encoded. */
@NullMarked
package dev.capstan.ingest.images;

import org.jspecify.annotations.NullMarked;
