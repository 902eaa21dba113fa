"""What reads across all domains and changes none of them: papers on policy, voucher and people together."""
