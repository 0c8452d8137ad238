@NullMarked
package dev.capstan.ingest.images;

import org.jspecify.annotations.NullMarked;
