@NullMarked
package dev.capstan.ingest.fetch.offsets;

import org.jspecify.annotations.NullMarked;
