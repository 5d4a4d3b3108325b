// The option of commands that fetch weights where they are missing.

export const OFFLINE = ['--offline', 'download nothing; missing weights are an error that says what to do'] as const;
