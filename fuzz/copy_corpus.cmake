# cmake -DFROM=<corpus> -DTO=<copy> -P copy_corpus.cmake: a fresh copy, so that each run starts from the same inputs.
file(REMOVE_RECURSE ${TO})
file(COPY ${FROM}/ DESTINATION ${TO})
