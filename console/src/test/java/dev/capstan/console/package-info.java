/** Tests of the console. */
package dev.capstan.console;
