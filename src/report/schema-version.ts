/** Version of the JSON documents; raised when a reader of the old ones would misread the new. Apart from their schemas, which cost a command time. */
export const SCHEMA_VERSION = 1;
