-- Whether a sequence can be read; there is no statement that locks one.
SELECT FROM {relation}
