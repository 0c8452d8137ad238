/** Tests of the lag on a real broker. */
package dev.capstan.console.lag;
