/** The sub-commands of {@code capstan}: they read options, call the packages beside this one, and print. */
@NullMarked
package dev.capstan.local.command;

import org.jspecify.annotations.NullMarked;
