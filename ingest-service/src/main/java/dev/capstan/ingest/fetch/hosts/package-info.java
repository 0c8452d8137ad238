/** Which host may be asked when. */
@NullMarked
package dev.capstan.ingest.fetch.hosts;

import org.jspecify.annotations.NullMarked;
