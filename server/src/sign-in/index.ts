export { createUser, type NewUser, type UserRequest } from './create-user.ts';
export { deleteUser } from './delete-user.ts';
export { ensureOperatorUser, OPERATOR_EMAIL, type OperatorSignIn } from './ensure-operator-user.ts';
export { listUsers } from './list-users.ts';
export { hashOf, type PasswordHash } from './password.ts';
export { renewSignIn } from './renew-sign-in.ts';
export { ensureSecretKey } from './secret-key.ts';
export { type Session, SignIn, type SignInAttempt } from './sign-in.ts';
export type { User } from './user.ts';
