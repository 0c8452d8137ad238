package dev.capstan.local.supervisor;

/**
 * What an exit status means after which another launch would not help.
 *
 * @param remedy what happened and what a person can do, as it follows the status in a sentence
 * @param othersGoOn whether the other processes are of use without this one; if not, everything is stopped
 */
public record FinalExit(String remedy, boolean othersGoOn) {}
