"""The words of the trade that come with the house; words.txt is read by services/lexicon.py."""
