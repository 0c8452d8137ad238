@NullMarked
package dev.capstan.ingest.fetch.web;

import org.jspecify.annotations.NullMarked;
