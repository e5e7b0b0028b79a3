/** A worker that ends while it loads. */
import process from 'node:process';

process.exit(4);
