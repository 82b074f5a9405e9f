/**
 * Where the dashboard is, with a slash at the end, from where its own script was loaded: `/dashboard/`, or below the
 * prefix at which a host has mounted the server.
 */
export const dashboardPath = new URL(/* @vite-ignore */ '../', import.meta.url).pathname;

/** The address of the server itself, without a slash at the end. */
export const serverAddress = new URL(/* @vite-ignore */ '../..', import.meta.url).href.replace(/\/$/, '');
