@NullMarked
package dev.capstan.ingest.text;

import org.jspecify.annotations.NullMarked;
