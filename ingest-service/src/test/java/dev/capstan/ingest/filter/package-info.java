@NullMarked
package dev.capstan.ingest.filter;

import org.jspecify.annotations.NullMarked;
