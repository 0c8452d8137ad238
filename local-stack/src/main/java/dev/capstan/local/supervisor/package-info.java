/** Child processes: started in order, waited for, started again when they die, stopped in reverse order. */
@NullMarked
package dev.capstan.local.supervisor;

import org.jspecify.annotations.NullMarked;
