/** What of a partition is done, in whatever order it was done. */
@NullMarked
package dev.capstan.ingest.fetch.offsets;

import org.jspecify.annotations.NullMarked;
