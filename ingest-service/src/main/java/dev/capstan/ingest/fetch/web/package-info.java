/** One request to one address, within bounds and never to a private network. */
@NullMarked
package dev.capstan.ingest.fetch.web;

import org.jspecify.annotations.NullMarked;
